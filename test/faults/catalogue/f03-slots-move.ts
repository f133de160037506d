import type { Platform } from '../../../protocol/platforms.ts';
import type { Fault } from '../fault.ts';
import type { Stage } from '../stage.ts';
import { ClusterStore } from '../store-cluster.ts';

const users = { full: 20, short: 10 } as const;
const moves = { full: 50, short: 4 } as const;

function clusterOf({ store }: Stage): ClusterStore {
  if (store instanceof ClusterStore) return store;
  throw new Error('this stage has no Cluster');
}

/**
 * F03: the slot of some users goes from master to master, as a resharding does it, while they log in on both nodes and drive
 * each other out, also while half of the slot's keys have gone. Each move has users of its own: more logins of one user in a
 * minute would be a kick war, and be slowed.
 */
export const slotsMove: Fault = {
  id: 'F03',
  name: 'the slot of hot users moves from master to master of a Cluster, under logins and kicks',
  holds: 'no socket closes, no kick is lost, one session a user 2 s after the last move',
  stage: { store: () => ClusterStore.start() },
  rounds: { full: 2, short: 1 },
  boundMs: 2000,
  answersWithinMs: 1000,
  async tell(stage, round) {
    const { fleet, random } = stage;
    const cluster = clusterOf(stage);
    const count = users[stage.form];
    const names = cluster.neighbours(`r${round}`, count * moves[stage.form]);
    const slot = await cluster.slotOf(names[0] ?? '');
    const { masters } = cluster.redis;
    for (let move = 0; move < moves[stage.form]; move++) {
      const logins: Promise<unknown>[] = [];
      const some = names.slice(move * count, (move + 1) * count);
      const logIn = (platform: Platform): void => {
        const devices = random.shuffled(some).map((name) => fleet.device(name, { platform }));
        for (const device of devices) device.obey(() => stage.anyNode());
        stage.racingLogins += devices.length;
        logins.push(fleet.logInAll(devices, stage.anyNode()));
      };
      const owner = masters.indexOf(await cluster.redis.ownerOf(slot));
      const to = masters[(owner + 1) % masters.length] ?? masters[0];
      if (to === undefined) throw new Error('a Cluster without masters');
      stage.fault(`slot ${slot} moves to the master at ${to.port}`);
      logIn('ios');
      await cluster.redis.moveSlot(slot, to, () => {
        logIn('android');
        logIn('web');
        return Promise.resolve();
      });
      await Promise.all(logins);
    }
    stage.heal();
  },
};
