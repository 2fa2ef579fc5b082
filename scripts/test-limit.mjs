// Loaded into each test process by `npm test`: a file that does not end says what keeps it, and ends.
import { isMainThread } from 'node:worker_threads';

const minutes = Number(process.env.EAZEWA_TEST_FILE_MINUTES);

// A program that a test starts may have inherited the option; it ends with its test.
if (isMainThread && minutes > 0 && process.env.NODE_TEST_CONTEXT === 'child-v8') {
  setTimeout(() => {
    const kept = [...new Set(process.getActiveResourcesInfo())].join(', ');
    process.stderr.write(
      `${process.argv[1]} has not ended after ${minutes} minutes; it is kept by ${kept}\n`,
    );
    process.exit(1);
  }, minutes * 60_000).unref();
}
