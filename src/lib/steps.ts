/** A long computation in pieces: it yields wherever something else may be done in between. */
export type Steps<Result> = Generator<void, Result>;

/** Computes step by step; whatever else waits in this process gets its turn after each. */
export async function inSteps<Result>(steps: Steps<Result>): Promise<Result> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await new Promise<void>((resume) => setImmediate(resume));
  }
}

/** Computes without a pause. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
