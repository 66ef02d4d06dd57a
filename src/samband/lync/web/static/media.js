// The sound and pictures of a meeting. `meeting` is {resource, client}: the onlineMeeting as the server shows it, and
// the client that asks for more. Meetings here are held in writing, and say so.

export const links = [];   // what a meeting that has media links to

// Begins it in `container`; what comes back ends it.
export function start(meeting, container) {
  const said = document.createElement("p");
  said.className = "quiet";
  said.textContent = "This meeting is text only.";
  container.replaceChildren(said);
  return () => container.replaceChildren();
}
