import { StoreFailure } from './database.ts';

/** @throws StoreFailure when the work takes longer. What becomes of it then is for the caller to end. */
export async function answered<T>(work: Promise<T>, withinMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new StoreFailure(`it has not answered for ${withinMs / 1000} s.`)),
      withinMs,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
