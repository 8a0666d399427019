import { parentPort, workerData } from 'node:worker_threads';

// Loads a module to see that it comes back: posts '' then, else what is the matter.
import(workerData as string).then(
  () => parentPort?.postMessage(''),
  (error: NodeJS.ErrnoException) =>
    parentPort?.postMessage(
      error?.code === 'ERR_UNKNOWN_FILE_EXTENSION' && String(workerData).endsWith('ts')
        ? 'this Node.js reads no TypeScript; compile it to JavaScript, or use Node.js 22.18 or newer'
        : error?.message || String(error),
    ),
);
