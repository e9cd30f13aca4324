import { IsBoolean, IsInt, IsObject, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

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

/** protocol.md §7.8. */
export class ActionOutputsDto extends ActionInputsDto {
  @IsOptional()
  @IsBoolean()
  fetch_live_samples?: boolean | null;
}

/** protocol.md §7.9. */
export class ActionTestDto extends ActionInputsDto {
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1000)
  limit?: number | null;

  @IsOptional()
  @IsInt()
  @Min(0)
  offset?: number | null;
}
