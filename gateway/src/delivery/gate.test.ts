import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gate } from './gate.ts';

test('one silence that tells of the host closes the gate; others only as five in a row over three lanes', () => {
  assert.equal(new Gate(16).silent(1, 'refused'), true);
  assert.equal(new Gate(16).silent(1, 'dns'), true);
  const oneLane = new Gate(16);
  for (let silence = 0; silence < 100; silence++) assert.equal(oneLane.silent(1, 'timeout'), false);
  assert.equal(oneLane.silent(2, 'timeout'), false);
  assert.equal(oneLane.silent(3, 'timeout'), true);
  const manyLanes = new Gate(16);
  for (let lane = 1; lane <= 4; lane++) assert.equal(manyLanes.silent(lane, 'reset'), false);
  assert.equal(manyLanes.silent(5, 'reset'), true);
});

test('a response between silences begins the count anew', () => {
  const gate = new Gate(16);
  for (let lane = 1; lane <= 4; lane++) gate.silent(lane, 'reset');
  assert.equal(gate.answered(), false);
  for (let lane = 1; lane <= 4; lane++) assert.equal(gate.silent(lane, 'reset'), false);
  assert.equal(gate.isClosed, false);
});

test('a response opens it for one lane, and each further one for twice as many, up to all', () => {
  const gate = new Gate(16);
  assert.equal(gate.lanesAllowed, 16);
  gate.silent(1, 'refused');
  assert.equal(gate.lanesAllowed, 0);
  assert.equal(gate.answered(), true);
  const allowed = [gate.lanesAllowed];
  for (let responses = 0; responses < 5; responses++) {
    assert.equal(gate.answered(), false);
    allowed.push(gate.lanesAllowed);
  }
  assert.deepEqual(allowed, [1, 2, 4, 8, 16, 16]);
});
