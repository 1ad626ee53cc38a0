import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A wire between a program and its database server that can be cut at the worst moment. */
export interface DatabaseWire {
  /** The same URL through the wire. */
  through(url: string): string;
  /** Cuts the connection between the server's answer to a statement and its reader; asked for each such statement. */
  loseAnswerTo(statement: string, when: () => boolean): void;
  /** Lets every answer come so much later. */
  delayAnswers(ms: number): void;
  /** Answers lost so far. */
  lost(): number;
  close(): Promise<void>;
}

const HEADER_BYTES = 4;
const COM_QUERY = 3;
/** MySQL puts query attributes between the command and the text, MariaDB nothing. */
const asks = (packet: Buffer, statement: string): boolean =>
  packet[HEADER_BYTES] === COM_QUERY &&
  packet
    .subarray(HEADER_BYTES + 1)
    .toString("latin1")
    .endsWith(statement);

export async function databaseWire(serverPort: number): Promise<DatabaseWire> {
  let wanted: { statement: string; when: () => boolean } | undefined;
  let lost = 0;
  let delayMs = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(serverPort, "127.0.0.1");
    const end = () => [client, upstream].forEach((socket) => socket.destroy());
    let losing = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket
        .setNoDelay()
        .on("error", end)
        .on("close", () => (sockets.delete(socket), end()));
    }
    client.on("data", (sent) => {
      losing ||= wanted !== undefined && asks(sent, wanted.statement) && wanted.when();
      upstream.write(sent);
    });
    upstream.on("data", (answer) => {
      if (losing) {
        lost++;
        end();
      } else if (delayMs > 0) setTimeout(() => client.writable && client.write(answer), delayMs);
      else client.write(answer);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    through: (url) => Object.assign(new URL(url), { port: String(port), search: "" }).href,
    loseAnswerTo: (statement, when) => (wanted = { statement, when }),
    delayAnswers: (ms) => (delayMs = ms),
    lost: () => lost,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      sockets.forEach((socket) => socket.destroy());
      await closed;
    },
  };
}
