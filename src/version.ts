import { readFileSync } from 'node:fs';

/** The version of this package. */
export function version(): string {
  const { version: text } = JSON.parse(readFileSync(new URL(import.meta.resolve('#package.json')), 'utf8')) as {
    version: string;
  };
  return text;
}
