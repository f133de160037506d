import { accountCommands } from './accounts.ts';
import { appInfoCommand } from './app-info.ts';
import type { Command } from './command.ts';
import { kickCommand } from './kick.ts';
import { imPushCommand } from './im-push.ts';
import { onlineStatusCommands } from './online-status.ts';
import { sendMsgCommand } from './send-msg.ts';

/** Every command of the REST API. Routes, limits, checks and documents come from here. */
export const commands: readonly Command[] = [
  kickCommand,
  ...accountCommands,
  ...onlineStatusCommands,
  appInfoCommand,
  sendMsgCommand,
  imPushCommand,
];
