/** The id of an instance: a number in the API, a text in webhooks. */
export type InstanceId = number | string;

export function instancePath(id: InstanceId): string {
  return `/instances/${encodeURIComponent(id)}`;
}
