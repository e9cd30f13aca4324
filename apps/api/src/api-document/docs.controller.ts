import { Controller, Get, Header } from '@nestjs/common';
import { DOCS_POLICY, docsPage } from './docs-page.js';
import { PublishedDocument } from './published-document.js';

/** The API document. It says nothing that the code does not: anybody may read it. */
@Controller('docs')
export class DocsController {
  #page: string | undefined;

  constructor(private readonly published: PublishedDocument) {}

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('cache-control', 'public, max-age=300')
  @Header('content-security-policy', DOCS_POLICY)
  @Header('x-content-type-options', 'nosniff')
  @Header('referrer-policy', 'no-referrer')
  page(): string {
    return (this.#page ??= docsPage(this.published.document));
  }

  @Get('openapi.json')
  @Header('content-type', 'application/json; charset=utf-8')
  @Header('cache-control', 'public, max-age=300')
  @Header('access-control-allow-origin', '*')
  json(): string {
    return this.published.text;
  }
}
