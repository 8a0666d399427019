import { parentPort, workerData } from 'node:worker_threads';

// Loads a module to see that it comes back: posts '' then, else what is the matter.
try {
  await import(workerData as string);
  parentPort?.postMessage('');
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  parentPort?.postMessage(
    code === 'ERR_UNKNOWN_FILE_EXTENSION' && String(workerData).endsWith('ts')
      ? 'this Node.js reads no TypeScript; compile it to JavaScript, or use Node.js 22.18 or newer'
      : message || String(error),
  );
}
