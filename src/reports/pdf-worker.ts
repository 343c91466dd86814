// Draws reports in a thread of their own: whoever asks for something else meanwhile does not wait for it.
import { parentPort } from 'node:worker_threads';
import type { ReportDocument } from './document.ts';
import { reportPdf } from './pdf.ts';

interface Drawing {
  id: number;
  document: ReportDocument;
  writtenAt: Date;
}

parentPort?.on('message', ({ id, document, writtenAt }: Drawing) => {
  reportPdf(document, writtenAt).then(
    (file) => parentPort?.postMessage({ id, file }),
    (error: unknown) => parentPort?.postMessage({ id, problem: error instanceof Error ? error.message : 'unknown' }),
  );
});
