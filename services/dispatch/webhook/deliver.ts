import type { LayerDatabase } from "../../../shared/db/database";
import { Lease } from "../../../shared/db/lease";
import { inTransaction, type Tx } from "../../../shared/db/transaction";
import { listen } from "../../../shared/flow/signal";
import { AlertKind, AlertSeverity, newAlert } from "../alert/alert";
import { endAlerts, raiseAlerts } from "../alert/alert.sql";
import { databaseNow } from "../feed/clock.sql";
import { headOfNotices, type PlacedNotice } from "../notice/notice.sql";
import { Sender } from "./send";
import { messageOf, topicsOf, webhookSubject, type WebhookRow } from "./webhook";
import { advance, dueWebhooks, forgetDead, giveUp, hasDead, noticesFor, replaysFor, tryLater } from "./webhook.sql";
import { described } from "../../../shared/log";

/** How soon an endpoint whose time to be tried again has come is noticed. */
const POLL_MS = 500;
/** Of one endpoint in a row, before it is looked at anew whether it is still wanted. */
const MOST_MESSAGES = 50;

export interface Patience {
  /** Tries of one message, the first included; with the longest waits between them a little over an hour. */
  tries: number;
  /** The first wait; each is twice the one before, up to an hour. */
  firstWaitSeconds: number;
}
const PATIENCE: Patience = { tries: 12, firstWaitSeconds: 1 };
const LONGEST_WAIT_SECONDS = 3_600;

/**
 * Sends what clients are told to their endpoints, one process at a time under a lease: each endpoint gets its messages one after
 * the other, in their order, and the next only when the one before was taken or given up. One endpoint's trouble holds up no other.
 * A crash after a message was taken and before that is noted sends it again, under the same id.
 */
export class Webhooks {
  private readonly lease: Lease;
  private readonly sender: Sender;
  private readonly busy = new Map<string, Promise<void>>();

  constructor(
    private readonly db: LayerDatabase,
    loopback: boolean,
    private readonly patience = PATIENCE,
  ) {
    this.lease = new Lease(db, "webhooks");
    this.sender = new Sender(loopback);
  }

  start(): void {
    this.lease.start(async (alive) => {
      while (alive()) {
        const next = listen(this.db, "notices", POLL_MS);
        try {
          await this.look(alive);
          await next.came;
        } finally {
          next.stop();
        }
      }
      await Promise.all(this.busy.values());
    });
  }

  async stop(): Promise<void> {
    await this.lease.stop();
    await this.sender.close();
  }

  private async look(alive: () => boolean): Promise<void> {
    const head = await headOfNotices(this.db);
    for (const webhook of await dueWebhooks(this.db, head)) {
      if (this.busy.has(webhook.id)) continue;
      const work = this.deliver(webhook, head, alive)
        .catch((error: Error) => this.db.log.warn({ webhook: webhook.id, error: described(error) }, "webhook stands still"))
        .finally(() => this.busy.delete(webhook.id));
      this.busy.set(webhook.id, work);
    }
  }

  private async deliver(webhook: WebhookRow, head: number, alive: () => boolean): Promise<void> {
    for (const notice of await replaysFor(this.db, webhook.id, MOST_MESSAGES)) {
      if (!alive() || !(await this.replay(webhook, notice))) return;
    }
    const client = webhook.everyClient ? undefined : webhook.client;
    const after = { after: webhook.position, upTo: head, limit: MOST_MESSAGES };
    const notices = await noticesFor(this.db, { topics: topicsOf(webhook), client, merchant: webhook.merchant, ...after });
    let position = webhook.position;
    for (const notice of notices) {
      if (!alive()) return;
      const failed = await this.sender.send(webhook, notice.id, messageOf(notice));
      if (failed !== undefined && !(await this.failed(webhook, position, notice, failed))) return;
      if (failed === undefined) await this.note((tx) => advance(tx, webhook.id, position, notice.position));
      [position, webhook.failures] = [notice.position, 0];
    }
    if (notices.length < MOST_MESSAGES && position < head) await this.note((tx) => advance(tx, webhook.id, position, head));
    else this.db.signals.emit("notices");
  }

  /** Tries it again later, or gives it up with an alert; whether the next may go. */
  private async failed({ id, url, failures }: WebhookRow, from: number, notice: PlacedNotice, error: string): Promise<boolean> {
    const tries = failures + 1;
    const last = tries >= this.patience.tries;
    await this.note(async (tx) => {
      if (last) {
        await advance(tx, id, from, notice.position);
        await this.bury(tx, id, url, notice, error);
      } else await tryLater(tx, id, tries, this.waitSeconds(tries), error);
    });
    return last;
  }

  private async replay({ id, url, ...webhook }: WebhookRow, notice: PlacedNotice): Promise<boolean> {
    const failed = await this.sender.send({ id, url, ...webhook }, notice.id, messageOf(notice));
    await this.note(async (tx) => {
      if (failed !== undefined) await this.bury(tx, id, url, notice, failed);
      else await forgetDead(tx, id, notice.position);
      if (!(await hasDead(tx, id))) await endAlerts(tx, AlertKind.EVENT_FAILED, [webhookSubject(id)], await databaseNow(tx));
    });
    return failed === undefined;
  }

  private async bury(tx: Tx, id: string, url: string, notice: PlacedNotice, error: string): Promise<void> {
    await giveUp(tx, id, notice.position, error);
    const message = `Messages to ${url} could not be delivered and are set aside, first ${notice.id}: ${error}`;
    await raiseAlerts(tx, [newAlert(AlertKind.EVENT_FAILED, AlertSeverity.WARNING, webhookSubject(id), message, await databaseNow(tx))]);
  }

  /** Twice as long each time, give or take a tenth, so that endpoints of one receiver do not come together. */
  private waitSeconds(tries: number): number {
    return Math.min(this.patience.firstWaitSeconds * 2 ** (tries - 1), LONGEST_WAIT_SECONDS) * (0.9 + Math.random() * 0.2);
  }

  private async note(work: (tx: Tx) => Promise<unknown>): Promise<void> {
    await inTransaction(this.db, async (tx) => {
      await this.lease.fence(tx);
      await work(tx);
    });
  }
}
