import type { Locator, Page } from 'playwright-core';

/** The console in a browser, as an operator finds the way in it. */
export class ConsolePage {
  constructor(
    private readonly page: Page,
    private readonly address: string,
  ) {}

  async signIn(token: string): Promise<void> {
    await this.page.goto(this.address);
    await this.page.getByLabel('Admin token').fill(token);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
  }

  async open(where: string, heading: string): Promise<void> {
    await this.page.goto(`${this.address}#/${where}`);
    await this.page.getByRole('heading', { level: 1, name: heading }).waitFor();
  }

  rowOf(text: string): Locator {
    return this.page.getByRole('row').filter({ hasText: text });
  }
}
