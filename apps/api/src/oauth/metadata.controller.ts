import { Controller, Get, Header } from '@nestjs/common';
import { ServerMetadata } from '#libs/oauth';

@Controller()
export class MetadataController {
  constructor(private readonly metadata: ServerMetadata) {}

  /** RFC 8414 §3. Nothing about it is secret: any page may read it. */
  @Get('.well-known/oauth-authorization-server')
  @Header('cache-control', 'public, max-age=300')
  @Header('access-control-allow-origin', '*')
  get() {
    return this.metadata.document();
  }
}
