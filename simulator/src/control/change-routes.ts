import type { ControlRequest } from './routes.ts';

/** What a phone says about a message: the one with that `id` on it. */
export const changeRoutes: Record<string, (request: ControlRequest) => unknown> = {
  'POST /phones/:number/react': ({ simulator, fields, number }) =>
    simulator
      .phone(number)
      .react(fields.text('id'), fields.optionalText('emoji', { mayBeEmpty: true }) ?? ''),
  'POST /phones/:number/edit': ({ simulator, fields, number }) =>
    simulator.phone(number).edit(fields.text('id'), fields.text('text')),
  'POST /phones/:number/delete': ({ simulator, fields, number }) =>
    simulator.phone(number).deleteForEveryone(fields.text('id')),
  'POST /phones/:number/vote': ({ simulator, fields, number }) =>
    simulator.phone(number).vote(fields.text('id'), fields.texts('options')),
};
