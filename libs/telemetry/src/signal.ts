import { channel, type Channel } from 'node:diagnostics_channel';

/** What happened, for whoever counts it in this process. Where nobody listens it costs a look. */
export class Signal<Message extends object> {
  readonly #channel: Channel;

  constructor(name: string) {
    this.#channel = channel(`gatehouse:${name}`);
  }

  publish(message: Message): void {
    if (this.#channel.hasSubscribers) this.#channel.publish(message);
  }

  /** @param listener must not throw: what it throws ends the process. @returns ends it */
  subscribe(listener: (message: Message) => void): () => void {
    const receive = (message: unknown) => listener(message as Message);
    this.#channel.subscribe(receive);
    return () => {
      this.#channel.unsubscribe(receive);
    };
  }
}
