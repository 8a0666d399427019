import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { skipUnless } from './support.js';

// Debian's; playwright-core brings none of its own.
const path = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((one) =>
  existsSync(one),
);

/** Skips aloud where there is no browser. */
export const skipWithoutChromium = (): boolean =>
  skipUnless(path !== undefined, 'pages in a browser: there is no Chromium');

export function launch(): Promise<Browser> {
  if (path === undefined) throw new Error('Expected a Chromium; skip with `skipWithoutChromium`');
  return chromium.launch({
    executablePath: path,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
