import type { OperatorSettings, Webhooks } from '../webhooks/webhooks.ts';

/**
 * Keeps the operator's webhook in step with the settings, at start: it is made, changed or cleared. What waits for it
 * survives a restart; without a url it is dropped, and the log says so.
 *
 * @throws Error with one plain line when its URL cannot be called; the line does not repeat it.
 */
export async function keepOperatorWebhook(
  webhooks: Pick<Webhooks, 'setOperator'>,
  settings: OperatorSettings,
  problemOf: (url: string) => string | null,
): Promise<void> {
  const problem = settings.url === null ? null : problemOf(settings.url);
  if (problem !== null) throw new Error(`EAZEWA_OPERATOR_WEBHOOK_URL cannot be used. ${problem}`);
  await webhooks.setOperator(settings);
}
