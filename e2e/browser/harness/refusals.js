/** Answers that a healthy server gives too rarely to wait for. */

/**
 * Stands between a page and its WebSocket from the page's next load on: requests for which `refuse(request)` gives an
 * error are answered with it and go no further. Everything else passes.
 */
export async function refuseIn(page, refuse) {
  await page.routeWebSocket(/\/chat$/u, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((text) => {
      const request = JSON.parse(text);
      const error = refuse(request);
      if (error) socket.send(JSON.stringify({ type: "error", id: request.id, ...error }));
      else server.send(text);
    });
  });
}
