const nothing = () => undefined;
/** What Baileys writes its log to, so that nothing is written. */
export const silentLog = {
  level: 'silent',
  child: () => silentLog,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
};
