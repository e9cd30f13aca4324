interface Log {
  log(message: string): void;
  warn(message: object): void;
}

/** For work that is tried again and again: an outage is logged when it begins and when it ends, not at every try between. */
export class OutageLog {
  #isOn = false;

  /** @param subject of the sentences, in the plural, such as "Key sets" */
  constructor(
    private readonly log: Log,
    private readonly subject: string,
  ) {}

  /** Never throws. @returns whether the work was done */
  async around(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
    } catch (cause) {
      if (!this.#isOn) this.log.warn({ msg: `${this.subject} are held up; it is tried again.`, cause });
      this.#isOn = true;
      return false;
    }
    if (this.#isOn) this.log.log(`${this.subject} go on.`);
    this.#isOn = false;
    return true;
  }
}
