import type { AdminScope } from '../access/scopes.ts';
import type { Platform } from '../../protocol/platforms.ts';
import type { PresetName } from '../policy/presets.ts';
import type { PolicyGroupSetting } from './app-schema.ts';
import type { Settings } from './schema.ts';
import type { WebhookSetting } from './webhooks.ts';

/** A login policy as configured: by name, or as groups. */
export type PolicySetting = PresetName | readonly PolicyGroupSetting[];

/** A key tickets of an app are made with. */
export interface AppKeySetting {
  readonly secret: string;
  /** Unix seconds, the last one in which the key holds; absent: it holds for ever. */
  readonly endsAt?: number;
}

/** One app with everything that holds for it; what the app leaves out is filled in from the top level. */
export interface AppSetting {
  readonly id: number;
  readonly keys: readonly AppKeySetting[];
  readonly policy: PolicySetting;
  readonly limits: Readonly<Record<Platform, number>>;
  /** `burst` 0: without a bound. */
  readonly evictions: { readonly burst: number; readonly perMinute: number };
  readonly kickedReturn: 'refuse' | 'allow';
  /** Whether its users may send one another messages. */
  readonly userMessages: 'off' | 'allow' | 'callback';
  /** The users whose tickets may call REST. */
  readonly admins: readonly string[];
  /** Undefined: nothing is told of this app. */
  readonly webhooks: WebhookSetting | undefined;
}

/** A key for /v1. */
export interface AdminKeySetting {
  /** As the log calls it. */
  readonly name: string;
  /** See `hashOfAdminKey`. The key itself is not kept. */
  readonly hash: string;
  readonly scopes: readonly AdminScope[];
  /** The SDKAppIDs it may see and change; absent: all. */
  readonly apps?: readonly number[];
}

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** The whole configuration of a node: checked, complete, frozen. Units stand in the names. */
export type Config = DeepReadonly<
  Omit<
    Settings,
    | 'apps'
    | 'policy'
    | 'limits'
    | 'evictions'
    | 'kickedReturn'
    | 'userMessages'
    | 'admins'
    | 'admin'
  >
> & {
  readonly apps: readonly AppSetting[];
  readonly admin: { readonly keys: readonly AdminKeySetting[] };
};

/** The source of everything development mode sets by itself. */
export const developmentSource = 'development mode';

/** The sample app of development mode. Its key is made anew at each start. */
export const sampleAppId = 1_400_000_000;
