import type { About, Result } from '../result.js';
import { jsonReport } from './json.js';
import { createPaint } from './terminal.js';
import { diffReport, summaryReport } from './text.js';

/** The reports there are, by their names on the command line. What only one of them needs is loaded with it. */
export type ReportName = 'text' | 'json' | 'markdown' | 'html' | 'github' | 'sarif';

/** A whole report on a run, as it goes into a file. */
export async function reportOn(name: ReportName, result: Result, about: About): Promise<string> {
  switch (name) {
    case 'text': {
      const plain = createPaint(false);
      return `${summaryReport(result, plain)}\n${diffReport(result, plain, true)}`;
    }
    case 'json':
      return jsonReport(result, about.version);
    case 'markdown':
      return (await import('./markdown.js')).markdownReport(result);
    case 'html':
      return (await import('./html.js')).htmlReport(result, about);
    case 'github':
      return (await import('./github.js')).githubReport(result, about);
    case 'sarif':
      return (await import('./sarif.js')).sarifReport(result, about);
  }
}
