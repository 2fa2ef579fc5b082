/** Where this folder writes what operators should know. A webhook's path and query are secrets and never in it. */
export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
