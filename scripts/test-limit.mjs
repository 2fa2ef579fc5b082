// Loaded into each test process by `npm test`: a file that does not end says what keeps it, and ends.
import { after } from 'node:test';
import { isMainThread } from 'node:worker_threads';

/** `EAZEWA_TEST_FILE_MINUTES` for the whole file, and how long it may go on after its last test. */
const fileMinutes = Number(process.env.EAZEWA_TEST_FILE_MINUTES);
const restMinutes = Number(process.env.EAZEWA_TEST_REST_MINUTES);

// A program that a test starts may have inherited the option; it ends with its test.
if (isMainThread && fileMinutes > 0 && process.env.NODE_TEST_CONTEXT === 'child-v8') {
  endAfter(fileMinutes, 'after its start');
  after(() => endAfter(restMinutes, 'after its tests'));
}

function endAfter(minutes, when) {
  setTimeout(() => {
    const kept = [...new Set(process.getActiveResourcesInfo())].join(', ');
    const file = process.argv[1];
    process.stderr.write(`${file} still runs ${minutes} minutes ${when}; it is kept by ${kept}\n`);
    process.exit(1);
  }, minutes * 60_000).unref();
}
