export interface Addresses {
  readonly gatewayUrl: string;
  readonly controlUrl: string;
  readonly token: string;
  readonly instanceId: number;
  /** Numbers, digits only. */
  readonly shop: string;
  readonly contact: string;
}

/** What to do next with what is running: addresses, and lines that work when they are pasted into a shell. */
export function tryIt(addresses: Addresses): string {
  const { gatewayUrl, controlUrl, token, instanceId, shop, contact } = addresses;
  const authorization = `-H 'Authorization: Bearer ${token}'`;
  const json = `-H 'Content-Type: application/json'`;
  return `Everything stays up until you press Ctrl-C.

  API               ${gatewayUrl}/api/v1
  its documentation ${gatewayUrl}/api/docs
  the phones        ${controlUrl}/phones

Ada writes to the shop, and the bot answers:

  curl -s '${controlUrl}/phones/${contact}/send' ${json} -d '{"to":"${shop}","text":"Are you open today?"}'

You write to Ada, through the API:

  curl -s '${gatewayUrl}/api/v1/instances/${instanceId}/client/action/send-message' ${authorization} ${json} -d '{"chatId":"${contact}@c.us","message":"Hello Ada!"}'

What became of the last events:

  curl -s '${gatewayUrl}/api/v1/instances/${instanceId}/deliveries?limit=5' ${authorization}
`;
}
