/** What the page, or a worker, needs of a worker. */
export class FakeWorker {
  sent: any[] = [];
  ended = false;
  onmessage: ((event: any) => void) | null = null;
  onerror: ((event: any) => void) | null = null;
  postMessage(message: any) {
    this.sent.push(message);
  }
  terminate() {
    this.ended = true;
  }
  say(data: any) {
    this.onmessage?.({ data });
  }
}
