/** A webhook stopped answering, or answers again; told once for each. */
export interface HealthChange {
  readonly webhookId: number;
  readonly state: 'failing' | 'recovered';
  /** Of the last silence. */
  readonly reason: string;
  /** When the first attempt without response ended, in milliseconds since 1970. */
  readonly sinceMs: number;
}
