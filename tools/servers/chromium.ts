import { type Browser, chromium } from 'playwright-core';
import { program, requireServer } from './requirements.js';

/** Chromium as Debian packages it, or the one that CHROMIUM_PATH names. @throws MissingServerError */
export function startChromium(): Promise<Browser> {
  requireServer('chromium');
  const executablePath = process.env['CHROMIUM_PATH'] ?? program('chromium');
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}
