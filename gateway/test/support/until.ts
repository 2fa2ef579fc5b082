/** In tests of the whole program, what is waited for happens in other processes. */
export { pollUntil as until } from '../../src/testing/until.ts';
