#!/usr/bin/env node
// What nobody catches would end the process with code 1, which here means that something is pending.
process.on('uncaughtException', (error) => {
  const text = String(error?.stack ?? error).replace(/[^\n -~]/g, '?');
  process.stderr.write(`error This is a bug in fix-auth-spec: ${text}\n`, () => process.exit(70));
});

require('../dist/cli/bin.js').run();
