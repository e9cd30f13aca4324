import { Module, type DynamicModule } from '@nestjs/common';
import type { ApiDocument } from './document.js';
import { DocsController } from './docs.controller.js';
import { PublishedDocument } from './published-document.js';

@Module({ controllers: [DocsController] })
export class DocsModule {
  static showing(build: () => ApiDocument): DynamicModule {
    return { module: DocsModule, providers: [{ provide: PublishedDocument, useValue: new PublishedDocument(build) }] };
  }
}
