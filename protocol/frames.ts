import type { Field, ValueOf } from './fields.ts';
import { presenceFrames } from './presence-frames.ts';
import { pushFrames } from './push-frames.ts';
import { sessionFrames } from './session-frames.ts';

type Fields = Readonly<Record<string, Field<unknown>>>;

/** One frame as declared: its number, who sends it, and its fields in wire order. */
export interface FrameDefinition {
  /** Number in position 0 of the array. Requests 1-31, their replies the same plus 32, pushes 64-127. */
  readonly type: number;
  readonly from: 'client' | 'server';
  /** A request is answered once with its `seq`; a reply carries it; a push has `seq` 0. */
  readonly kind: 'request' | 'reply' | 'push';
  readonly doc: string;
  readonly fields: Fields;
}

/** Every frame of version 1, declared once. PROTOCOL.md, types, checker and vectors come from here. */
export const frames = {
  ...sessionFrames,
  ...presenceFrames,
  ...pushFrames,
} as const satisfies Record<string, FrameDefinition>;

/** The name of a frame, as in the table. */
export type FrameName = keyof typeof frames;

type FieldsOf<N extends FrameName> = {
  readonly [K in keyof (typeof frames)[N]['fields']]: ValueOf<(typeof frames)[N]['fields'][K]>;
};

/** The values of one frame in memory: its name, its sequence number and its fields by name. */
export type Frame<N extends FrameName = FrameName> = N extends FrameName
  ? { readonly name: N; readonly seq: number } & FieldsOf<N>
  : never;

type NamesFrom<Side extends 'client' | 'server'> = {
  [N in FrameName]: (typeof frames)[N]['from'] extends Side ? N : never;
}[FrameName];

/** A frame a client sends. */
export type ClientFrame = Frame<NamesFrom<'client'>>;

/** A frame the gateway sends. */
export type ServerFrame = Frame<NamesFrom<'server'>>;
