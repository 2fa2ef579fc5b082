import { GatewayError } from '../../errors.ts';
import type { Instance, InstanceState } from '../../instances/instance.ts';
import type { Instances } from '../../instances/instances.ts';

/** Instances without WhatsApp behind them: a test sets their state. */
export interface StubInstances extends Instances {
  set(id: number, change: Partial<Instance>): void;
  readonly rebooted: number[];
}

export function createStubInstances(): StubInstances {
  const known = new Map<number, Instance>();
  const rebooted: number[] = [];
  let nextId = 1;

  function find(id: number): Instance {
    const instance = known.get(id);
    if (!instance) throw new GatewayError('not_found', `There is no instance ${id}.`);
    return instance;
  }

  function needState(id: number, state: InstanceState): void {
    const { state: actual } = find(id);
    if (actual === state) return;
    throw new GatewayError('action_failed', `instance not ${state}`, {
      explanation: `The instance is ${actual}.`,
    });
  }

  return {
    rebooted,
    set: (id, change) => void known.set(id, { ...find(id), ...change }),
    async create({ name = 'unnamed' }, prepare) {
      const instance: Instance = {
        id: nextId++,
        name,
        state: 'booting',
        stateReason: null,
        phone: null,
        lid: null,
        pushName: null,
        createdAt: 0,
        linkedAt: null,
      };
      known.set(instance.id, instance);
      await prepare?.(instance);
      return instance;
    },
    async list(filter) {
      const all = [...known.values()];
      return filter === undefined
        ? all
        : all.filter(({ id, name }) => String(id) === filter || name.includes(filter));
    },
    get: async (id) => find(id),
    async rename(id, name) {
      known.set(id, { ...find(id), name });
      return find(id);
    },
    async remove(id) {
      find(id);
      known.delete(id);
    },
    qr: async (id) => (find(id).state === 'qr' ? '2@code,noise,identity,secret' : null),
    logout: async (id) => needState(id, 'ready'),
    async reboot(id) {
      find(id);
      rebooted.push(id);
    },
    async requestPairingCode(id) {
      needState(id, 'qr');
      return 'ABCD1234';
    },
  };
}
