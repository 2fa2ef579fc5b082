import type { Static, TSchema } from 'typebox';
import type { Instance } from '../instances/instance.ts';
import type { Permission, Token } from '../tokens/token.ts';

/** One entry of the API: everything that the server, the validation and the documentation know about it. */
export interface Route<Body extends TSchema = TSchema, Query extends TSchema = TSchema> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/api/v1`; `:id` stands for the instance. */
  readonly path: string;
  readonly permission: Permission;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag: 'instances' | 'client' | 'message' | 'webhooks' | 'deliveries' | 'events' | 'inbox';
  readonly body?: Body;
  readonly query?: Query;
  readonly headers?: TSchema;
  /** Shape of the answer; null for none at all. */
  readonly answer: TSchema | null;
  /** It can make something new, and then answers so: with 201. */
  readonly isCreating?: boolean;
  /** Too many calls are refused. */
  readonly isLimited?: boolean;
  /** The answer is a `Readable` of Server-Sent Events. */
  readonly isStream?: boolean;
  /** Its body may be as large as a file, and a third more. */
  readonly takesFile?: boolean;
  /** Not in the documentation. */
  readonly isHidden?: boolean;
  /** Gives the answer's body: bytes are sent as they are. What the caller did wrong it throws as a `GatewayError`. */
  handle(call: Call<Static<Body>, Static<Query>>): Promise<unknown>;
}

/** One request, checked against its route. */
export interface Call<Body = unknown, Query = unknown> {
  readonly token: Token;
  readonly body: Body;
  readonly query: Query;
  /** Address of what was called, without the query. */
  readonly self: string;
  /** The part of the path with this name. */
  parameter(name: string): string;
  header(name: string): string | undefined;
  /** Calls back once when the connection is closed, or the answer was sent. */
  whenGone(callback: () => void): void;
  /** Adds a header to the answer. */
  answerHeader(name: string, value: string): void;
  /** The answer tells of something that was made just now. */
  created(): void;
  /**
   * The instance that the path names.
   *
   * @throws GatewayError `not_found` also when the token does not reach it: who may not see it does not learn of it
   */
  instance(): Promise<Instance>;
}

/** Lets the types of `handle` follow from the schemas. */
export function route<Body extends TSchema, Query extends TSchema>(definition: Route<Body, Query>): Route {
  return definition;
}
