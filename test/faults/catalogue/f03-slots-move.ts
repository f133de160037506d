import type { Fault } from '../fault.ts';
import type { Stage } from '../stage.ts';
import { ClusterStore } from '../store-cluster.ts';

const users = { full: 20, short: 10 } as const;
const moves = { full: 50, short: 4 } as const;
const platforms = ['ios', 'android', 'web', 'ipad', 'mac', 'windows'] as const;

function clusterOf({ store }: Stage): ClusterStore {
  if (store instanceof ClusterStore) return store;
  throw new Error('this stage has no Cluster');
}

/**
 * F03: the slot of some users goes from master to master, as a resharding does it, while they log in on both nodes and drive
 * each other out, also while half of the slot's keys have gone.
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
    const names = cluster.neighbours(`r${round}`, users[stage.form]);
    const slot = await cluster.slotOf(names[0] ?? '');
    const logins: Promise<unknown>[] = [];
    const logIn = (): void => {
      const devices = names.map((name) => {
        const device = fleet.device(name, { platform: random.oneOf(platforms) });
        return device.obey(() => stage.anyNode());
      });
      stage.racingLogins += devices.length;
      logins.push(fleet.logInAll(devices, stage.anyNode()));
    };
    const { masters } = cluster.redis;
    for (let move = 0; move < moves[stage.form]; move++) {
      const owner = masters.indexOf(await cluster.redis.ownerOf(slot));
      const to = masters[(owner + 1) % masters.length] ?? masters[0];
      if (to === undefined) throw new Error('a Cluster without masters');
      stage.fault(`slot ${slot} moves to the master at ${to.port}`);
      logIn();
      await cluster.redis.moveSlot(slot, to, () => Promise.resolve(logIn()));
      await Promise.all(logins.splice(0));
    }
    stage.heal();
  },
};
