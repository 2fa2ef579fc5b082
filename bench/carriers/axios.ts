import axios from 'axios';
import type { Carrier, CarrierOptions } from './carrier.ts';

/** As peers do: one axios call per event, nothing stored, and no order between those under way. */
export function openAxios({ url }: CarrierOptions): Carrier {
  return {
    async deliver({ name, instanceId, data }) {
      await axios.post(url, { event: name, instanceId: String(instanceId), data });
    },
    close: () => Promise.resolve(),
  };
}
