import type { ApiDocument } from './document.js';

/** Put together when somebody asks for it first. */
export class PublishedDocument {
  #document: ApiDocument | undefined;
  #text: string | undefined;

  constructor(private readonly build: () => ApiDocument) {}

  get document(): ApiDocument {
    return (this.#document ??= this.build());
  }

  get text(): string {
    return (this.#text ??= JSON.stringify(this.document));
  }
}
