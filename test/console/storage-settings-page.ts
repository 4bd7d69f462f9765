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
    await this.enter(token);
    await this.page.getByRole('heading', { name: 'Storage', exact: true }).waitFor();
  }

  /** Opens the address that a link of the platform leads to. */
  async enter(token: string, search = ''): Promise<void> {
    await this.page.goto(`${this.url}/${search}#token=${token}`);
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

  /** What the product documentation shows of a test that succeeded. */
  async sawSuccess(): Promise<void> {
    await this.sees('Connection test successful');
    for (const line of ['Bucket exists', 'Can write to bucket', 'Can read from bucket']) {
      await this.line(line, 'passed').waitFor();
    }
    await this.sees(/^Latency: \d+ms$/);
  }

  line(name: string, state: 'passed' | 'failed' | 'not reached'): Locator {
    return this.report.getByRole('listitem').filter({ hasText: name }).filter({ hasText: state });
  }

  /** What stands behind the dots of a storage. */
  async choose(storage: string, item: string): Promise<void> {
    await this.storage(storage).getByRole('button', { name: 'More actions' }).click();
    await this.page.getByRole('menuitem', { name: item, exact: true }).click();
  }

  async openStorage(name: string): Promise<void> {
    await this.page.getByRole('link', { name, exact: true }).click();
    await this.page.getByRole('heading', { name: 'Configuration' }).waitFor();
  }

  async sees(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  storage(name: string): Locator {
    return this.page.getByRole('article', { name });
  }

  /** The badge of the default storage. */
  defaultBadge(storage: string): Locator {
    return this.storage(storage).getByText('Default', { exact: true });
  }

  field(label: string): Locator {
    return this.page.getByLabel(label, { exact: true });
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  get dialog(): Locator {
    return this.page.getByRole('alertdialog');
  }

  get report(): Locator {
    return this.page.getByRole('region', { name: 'Connection test' });
  }
}
