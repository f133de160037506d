import { z } from 'zod';
import { isUserId } from '../../ticket/user-sig-fields.ts';

const token = (longest: number): z.ZodString =>
  z.string().regex(new RegExp(`^[A-Za-z0-9_-]{1,${longest}}$`));

/** The variable parts of paths. Each means the same in every route: its check, its shape in words, an example. */
export const pathParameters = {
  sdkAppId: {
    check: z
      .string()
      .regex(/^[1-9]\d{0,9}$/)
      .transform(Number),
    shape: 'a whole number from 1 on',
    doc: 'The app.',
    example: '1400000000',
  },
  userId: {
    check: z.string().refine(isUserId),
    shape: '1 to 32 letters, digits, _ and -',
    doc: 'The user.',
    example: 'alice',
  },
  sessionId: {
    check: token(64),
    shape: '1 to 64 letters, digits, _ and -',
    doc: 'The session, as the list of sessions names it.',
    example: 'k3v9q0x2ab-1',
  },
  instanceId: {
    check: token(64),
    shape: '1 to 64 letters, digits, _ and -',
    doc: 'The instance: one installed client of the user.',
    example: 'alice-laptop',
  },
  nodeId: {
    check: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
    shape: '1 to 64 letters, digits, _ and -',
    doc: 'The node, as the list of nodes names it.',
    example: 'a-k3v9q0x2ab',
  },
} as const;

/** The name of one. */
export type ParameterName = keyof typeof pathParameters;

type NamesIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;

/** The checked values of the parts that a path has. */
export type ParametersOf<Path extends string> = {
  readonly [Name in NamesIn<Path> & ParameterName]: z.output<
    (typeof pathParameters)[Name]['check']
  >;
};

/** The names of the variable parts of a path, in its order. */
export function namesIn(path: string): readonly ParameterName[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as ParameterName);
}
