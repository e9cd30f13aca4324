/** What Gatehouse answered, read whole. */
export class Answer {
  constructor(
    readonly status: number,
    readonly headers: Headers,
    readonly text: string,
  ) {}

  static async of(response: Response): Promise<Answer> {
    return new Answer(response.status, response.headers, await response.text());
  }

  get json(): unknown {
    return JSON.parse(this.text);
  }

  /** The text at a dotted path such as `data.0.id`. @throws with the whole body when it is not there */
  at(path: string): string {
    const found = path.split('.').reduce<unknown>((value, name) => Object(value)[name], this.json);
    if (typeof found !== 'string') throw new Error(`No text at ${path} in ${this.status} ${this.text}`);
    return found;
  }
}
