import type { Locator, Page } from 'playwright-core';
import type { Provider } from '@stowage/contracts';
import { DESCRIPTIONS } from '@stowage/providers';

/** The page as a person finds their way on it: by its labels, which are those of the product documentation. */
export class StorageSettingsPage {
  constructor(
    readonly page: Page,
    private readonly url: string,
  ) {}

  async open(token: string): Promise<void> {
    await this.page.goto(`${this.url}/#token=${token}`);
    await this.page.getByRole('heading', { name: 'Storage', exact: true }).waitFor();
  }

  async addStorage(provider: Provider): Promise<void> {
    await this.button('Add Storage Provider').click();
    await this.button(DESCRIPTIONS[provider].label).click();
  }

  /** Fills in a REST body, field by field, by the labels that the provider's description gives them. */
  async fillIn(name: string, body: Record<string, unknown>): Promise<void> {
    await this.field('Name').fill(name);
    for (const { name: field, label, kind } of DESCRIPTIONS[body['provider'] as Provider].fields) {
      if (body[field] === undefined) continue;
      const value = `${body[field] as string | number}`;
      if (kind === 'choice') await this.field(label).selectOption(value);
      else await this.field(label).fill(value);
    }
  }

  async test(): Promise<void> {
    await this.button('Test Connection').click();
  }

  async save(): Promise<void> {
    await this.button('Save Storage Config').click();
  }

  /** The line of a test, once it has ended well. */
  async passed(line: string): Promise<void> {
    await this.report.getByRole('listitem').filter({ hasText: line }).filter({ hasText: 'passed' }).waitFor();
  }

  async sees(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  storage(name: string): Locator {
    return this.page.getByRole('article', { name });
  }

  field(label: string): Locator {
    return this.page.getByLabel(label, { exact: true });
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  get report(): Locator {
    return this.page.getByRole('region', { name: 'Connection test' });
  }
}
