import { IsObject, IsOptional, IsString, MaxLength } from 'class-validator';

/** `{"data":{"authentication":string|null,"inputs":{}}}`: both may be left out (protocol.md §7.6). */
export class ActionInputsDto {
  @IsOptional()
  @IsString()
  @MaxLength(255)
  authentication?: string | null;

  @IsOptional()
  @IsObject()
  inputs?: Record<string, unknown>;
}
