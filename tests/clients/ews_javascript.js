/* ews-javascript-api, a port of the EWS Managed API, against a demo: what it reads back, as one line of JSON. */

const ews = require("ews-javascript-api");

const { url, login, password, email, other, subject } = JSON.parse(process.argv[2]);

async function main() {
  const service = new ews.ExchangeService(ews.ExchangeVersion.Exchange2013);
  service.Url = new ews.Uri(url);
  service.Credentials = new ews.WebCredentials(login, password);
  const told = {};

  const inbox = await ews.Folder.Bind(service, new ews.FolderId(ews.WellKnownFolderName.Inbox));
  told.inbox = inbox.DisplayName;

  const message = new ews.EmailMessage(service);
  message.Subject = subject;
  message.Body = new ews.MessageBody(ews.BodyType.Text, "Räksmörgås");
  message.ToRecipients.Add(email);
  message.Attachments.AddFileAttachment("a.txt", Buffer.from("hi").toString("base64"));
  await message.SendAndSaveCopy();

  const filter = new ews.SearchFilter.IsEqualTo(ews.ItemSchema.Subject, subject);
  let found = [];
  for (let tries = 0; tries < 100 && !found.length; tries++) {
    await new Promise(resolve => setTimeout(resolve, 50));
    found = (await inbox.FindItems(filter, new ews.ItemView(10))).Items;
  }
  const read = await ews.EmailMessage.Bind(service, found[0].Id);
  told.message = { subject: read.Subject, body: read.Body.Text, from: read.From.Address, read: read.IsRead };
  told.attachments = read.Attachments.Items.map(one => one.Name);
  read.IsRead = true;
  await read.Update(ews.ConflictResolutionMode.AutoResolve);
  told.marked = (await ews.EmailMessage.Bind(service, found[0].Id)).IsRead;

  const meeting = new ews.Appointment(service);
  meeting.Subject = subject;
  meeting.Start = new ews.DateTime("2027-03-04T09:00:00Z");
  meeting.End = new ews.DateTime("2027-03-04T10:00:00Z");
  meeting.RequiredAttendees.Add(other);
  await meeting.Save(ews.SendInvitationsMode.SendToAllAndSaveCopy);
  const kept = await ews.Appointment.Bind(service, meeting.Id);
  told.attendees = kept.RequiredAttendees.GetEnumerator().map(one => one.Address);

  const names = await service.ResolveName(other);
  told.names = names.GetEnumerator().map(one => one.Mailbox.Address);

  const away = new ews.OofSettings();
  away.State = ews.OofState.Enabled;
  away.InternalReply = new ews.OofReply("Away åäö");
  away.ExternalReply = new ews.OofReply("Away");
  away.ExternalAudience = ews.OofExternalAudience.All;
  await service.SetUserOofSettings(email, away);
  const is = await service.GetUserOofSettings(email);
  told.oof = [ews.OofState[is.State], is.InternalReply.Message];

  const folder = new ews.FolderId(ews.WellKnownFolderName.Inbox);
  const scope = ews.SyncFolderItemsScope.NormalItems;
  const changes = await service.SyncFolderItems(folder, ews.PropertySet.IdOnly, [], 100, scope, null);
  told.changes = changes.Count > 0 && Boolean(changes.SyncState);
  return told;
}

main().then(
  told => console.log(JSON.stringify(told)),
  error => {
    console.error(error.message ?? error, error.stack ?? "");
    process.exit(1);
  }
);
