interface StreamEvent {
  id: string;
  event: string;
  data: string;
}

/** A client of server-sent events (the WHATWG's format, as far as Gatehouse uses it). */
export class EventStream {
  readonly #events: StreamEvent[] = [];
  #text = '';

  private constructor(
    readonly headers: Headers,
    private readonly reader: ReadableStreamDefaultReader<Uint8Array>,
    private readonly controller: AbortController,
  ) {}

  static async open(
    url: string,
    path: string,
    token: string,
    headers: Record<string, string> = {},
  ): Promise<EventStream> {
    const controller = new AbortController();
    const response = await fetch(url + path, {
      headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream', ...headers },
      signal: controller.signal,
    });
    if (response.status !== 200 || !response.body) throw new Error(`${response.status}: ${await response.text()}`);
    return new EventStream(response.headers, response.body.getReader(), controller);
  }

  /** @throws when the stream ends before */
  async until(event: string): Promise<StreamEvent> {
    for (;;) {
      const found = this.#events.find((one) => one.event === event);
      if (found) return found;
      if (!(await this.#more())) throw new Error(`The stream ended without ${event}.`);
    }
  }

  async toEnd(): Promise<StreamEvent[]> {
    while (await this.#more());
    return this.#events;
  }

  close(): void {
    this.controller.abort();
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.reader.read();
    this.#text += Buffer.from(value ?? []).toString('utf8');
    const blocks = this.#text.split('\n\n');
    this.#text = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s)));
      if (fields.event) this.#events.push({ id: fields.id ?? '', event: fields.event, data: fields.data ?? '' });
    }
    return !done;
  }
}
