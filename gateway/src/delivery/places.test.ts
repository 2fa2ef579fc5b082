import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Places, type Place, type PlaceLimits } from './places.ts';
import { FakeClock } from '../testing/fake-clock.ts';

const wide: PlaceLimits = {
  perHost: 1000,
  inAll: 1000,
  failingPerHost: 1000,
  failingInAll: 1000,
  hostPerSecond: 0,
  failingHostPerSecond: 0,
};

/**
 * Who is inside, by name, in the order in which they started; each enters the host that its name begins with, and takes as
 * much as it says after a colon.
 */
class Visitors {
  readonly clock = new FakeClock();
  readonly started: string[] = [];
  readonly #places: Places;
  readonly #byName = new Map<string, Place>();

  constructor(limits: Partial<PlaceLimits>) {
    this.#places = new Places(this.clock, { ...wide, ...limits });
  }

  enter(...names: string[]): void {
    for (const name of names) {
      const [host = ''] = name;
      const isFailing = name.endsWith('!');
      const size = Number(name.split(':')[1] ?? 1);
      this.#byName.set(
        name,
        this.#places.enter(host, isFailing, () => this.started.push(name), size),
      );
    }
  }

  leave(...names: string[]): void {
    for (const name of names) this.#byName.get(name)?.leave();
  }

  grow(name: string, size: number): void {
    this.#byName.get(name)?.grow(size);
  }

  isFree(host: string, size: number): boolean {
    return this.#places.isFree(host, false, size);
  }

  end(name: string, host: 'answered' | 'silent'): void {
    this.#byName.get(name)?.leave(host);
  }
}

test('a host has so many places, and the others wait in order', () => {
  const visitors = new Visitors({ perHost: 2 });
  visitors.enter('a1', 'a2', 'a3', 'a4', 'b1');
  assert.deepEqual(visitors.started, ['a1', 'a2', 'b1']);
  visitors.leave('a2');
  assert.deepEqual(visitors.started.slice(3), ['a3']);
  visitors.leave('a1', 'a3');
  assert.deepEqual(visitors.started.slice(4), ['a4']);
});

test('when all places are taken, the hosts that wait take turns', () => {
  const visitors = new Visitors({ inAll: 2 });
  visitors.enter('a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1');
  visitors.leave('a1', 'a2', 'a3', 'b1', 'c1', 'a4');
  assert.deepEqual(visitors.started, ['a1', 'a2', 'a3', 'b1', 'c1', 'a4', 'b2']);
});

test('a full host does not stand in the way of another', () => {
  const visitors = new Visitors({ perHost: 1, inAll: 2 });
  visitors.enter('a1', 'b1', 'a2', 'c1');
  visitors.leave('b1');
  assert.deepEqual(visitors.started, ['a1', 'b1', 'c1']);
});

test('those who fail have places of their own: they take none from the others, nor the others from them', () => {
  const visitors = new Visitors({ perHost: 2, inAll: 3, failingPerHost: 1, failingInAll: 2 });
  visitors.enter('a1!', 'a2!', 'b1!', 'c1!', 'a1', 'a2', 'a3', 'b1', 'c1');
  assert.deepEqual(visitors.started, ['a1!', 'b1!', 'a1', 'a2', 'b1']);
  visitors.leave('a1!');
  // The host that has waited longer for one of all places comes first.
  assert.deepEqual(visitors.started.slice(5), ['c1!']);
  visitors.leave('b1!');
  assert.deepEqual(visitors.started.slice(6), ['a2!']);
});

test('who no longer wants a place gives up its turn; leaving twice counts once', () => {
  const visitors = new Visitors({ perHost: 1 });
  visitors.enter('a1', 'a2', 'a3', 'a4');
  visitors.leave('a2', 'a1', 'a1');
  assert.deepEqual(visitors.started, ['a1', 'a3']);
});

test('what takes more than one place has them all or waits, and nobody passes it at its host', () => {
  const visitors = new Visitors({ perHost: 5, inAll: 8 });
  visitors.enter('a1:3', 'a2:3', 'a3:1', 'b1:5', 'c1:1');
  assert.deepEqual(visitors.started, ['a1:3', 'b1:5']);
  visitors.leave('a1:3');
  assert.deepEqual(visitors.started.slice(2), ['c1:1']);
  visitors.leave('c1:1');
  assert.deepEqual(visitors.started.slice(3), ['a2:3']);
  visitors.leave('b1:5');
  assert.deepEqual(visitors.started.slice(4), ['a3:1']);
});

test('what takes more than there is goes alone', () => {
  const visitors = new Visitors({ perHost: 5, inAll: 8 });
  visitors.enter('a1:9', 'b1:9', 'b2:1', 'c1:1');
  assert.deepEqual(visitors.started, ['a1:9']);
  visitors.leave('a1:9');
  assert.deepEqual(visitors.started.slice(1), ['b1:9']);
  visitors.leave('b1:9');
  assert.deepEqual(visitors.started.slice(2).toSorted(), ['b2:1', 'c1:1']);
});

test('when one that takes much waits no more, smaller ones behind it go at once', () => {
  const visitors = new Visitors({ perHost: 5, inAll: 8 });
  visitors.enter('a1:3', 'a2:3', 'a3:1', 'b1:4');
  visitors.enter('c1:3', 'd1:1');
  visitors.leave('a2:3');
  assert.deepEqual(visitors.started, ['a1:3', 'b1:4']);
  visitors.leave('c1:3');
  assert.deepEqual(visitors.started.slice(2), ['d1:1']);
  visitors.leave('d1:1');
  assert.deepEqual(visitors.started.slice(3), ['a3:1']);
});

test('who grows takes more at once, and gives all of it back', () => {
  const visitors = new Visitors({ perHost: 5, inAll: 8 });
  visitors.enter('a1:1');
  visitors.grow('a1:1', 7);
  assert.deepEqual(
    [visitors.isFree('a', 1), visitors.isFree('b', 1), visitors.isFree('b', 2)],
    [false, true, false],
  );
  visitors.leave('a1:1');
  visitors.grow('a1:1', 8);
  assert.deepEqual([visitors.isFree('a', 5), visitors.isFree('b', 5)], [true, true]);
});

test('a host gets so many attempts per second, whoever they are from; nobody asks again and again', () => {
  const visitors = new Visitors({ hostPerSecond: 100 });
  const names = Array.from({ length: 110 }, (_, index) => `a${index}`);
  visitors.enter(...names, 'b1');
  assert.equal(visitors.started.length, 10 + 1);
  assert.equal(visitors.clock.timersInMs.length, 1);
  visitors.clock.advance(500);
  assert.equal(visitors.started.length, 60 + 1);
  visitors.clock.advance(500);
  assert.equal(visitors.started.length, 110 + 1);
  assert.equal(visitors.clock.timersInMs.length, 0);
  assert.deepEqual(
    visitors.started.filter((name) => name !== 'b1'),
    names,
  );
});

test('a thousand webhooks on a dead host try 200 times per second, and those who answer there do not wait', () => {
  const visitors = new Visitors({ failingHostPerSecond: 200 });
  const failing = Array.from({ length: 1000 }, (_, index) => `a${index}!`);
  visitors.enter(...failing);
  assert.equal(visitors.started.length, 20);
  visitors.enter('a');
  assert.equal(visitors.started.at(-1), 'a');
  visitors.clock.advance(1000);
  assert.equal(visitors.started.length, 20 + 1 + 200);
});

test('once a host answers nobody there waits for its sake, until it is silent again', () => {
  const visitors = new Visitors({ failingHostPerSecond: 10 });
  const failing = Array.from({ length: 100 }, (_, index) => `a${index}!`);
  visitors.enter(...failing);
  assert.equal(visitors.started.length, 1);
  visitors.end('a0!', 'silent');
  visitors.clock.advance(100);
  assert.equal(visitors.started.length, 2);
  visitors.end('a1!', 'answered');
  assert.equal(visitors.started.length, 100);
  visitors.end('a2!', 'silent');
  visitors.enter('a100!', 'a101!');
  assert.equal(visitors.started.length, 100);
  visitors.clock.advance(1000);
  assert.equal(visitors.started.length, 102);
  assert.equal(visitors.clock.timersInMs.length, 0);
});

test('the pace of a host holds also when nobody is there for a moment', () => {
  const visitors = new Visitors({ failingHostPerSecond: 10 });
  for (let i = 0; i < 5; i++) {
    visitors.enter(`a${i}!`);
    visitors.leave(`a${i}!`);
  }
  assert.deepEqual(visitors.started, ['a0!']);
  visitors.enter('a5!');
  visitors.clock.advance(99);
  assert.equal(visitors.started.length, 1);
  visitors.clock.advance(1);
  assert.equal(visitors.started.length, 2);
});

test('those who fail and those who answer share the pace of a host fairly', () => {
  const visitors = new Visitors({ hostPerSecond: 10, failingHostPerSecond: 200 });
  for (let i = 0; i < 50; i++) visitors.enter(`a${i}`, `a${i}!`);
  visitors.clock.advance(4000);
  const failing = visitors.started.filter((name) => name.endsWith('!')).length;
  assert.ok(Math.abs(failing - visitors.started.length / 2) <= 1, visitors.started.join(' '));
  assert.ok(visitors.started.length <= 42, `${visitors.started.length}`);
});

test('ten thousand that end as soon as they start take no stack', () => {
  const clock = new FakeClock();
  const places = new Places(clock, { ...wide, perHost: 1 });
  let started = 0;
  const first = places.enter('a', false, () => {});
  for (let i = 0; i < 10_000; i++) {
    const place: Place = places.enter('a', false, () => {
      started++;
      place.leave();
    });
  }
  first.leave();
  assert.equal(started, 10_000);
});
