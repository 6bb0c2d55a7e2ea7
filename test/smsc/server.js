'use strict';
// A message centre for tests. It tells what happens as lines of JSON, the first of which names its port, and ends when
// its input does. Its only argument is JSON: {"password", "key", "cert"}, the last two for TLS.
//
// The last digit of a number decides what becomes of a text to it: 1 no such number, 2 too fast, 3 undeliverable, any
// other delivered. The system type of the session decides how it behaves:
//
//   hex      (or nothing) ids are in hex, and so they are in receipts
//   decimal  ids are in hex, the texts of receipts have them in decimal
//   digits   ids are in decimal, the texts of receipts have them in hex
//   tlv      as decimal, but receipts also have the id as a parameter
//   full     every text is refused because the queue is full
//   drop     the connection breaks instead of an answer
//   mute     no text is ever answered
const fs = require('fs');
const smpp = require('smpp');

const settings = JSON.parse(process.argv[2]);
const options = settings.key ? {key: fs.readFileSync(settings.key), cert: fs.readFileSync(settings.cert)} : {};
const tell = (event, more) => process.stdout.write(JSON.stringify({event, ...more}) + '\n');
let last = 0xABCDEF; // so that ids have letters in hex

const server = smpp.createServer(options, (session) => {
	let type = '';
	session.on('error', () => session.destroy());
	session.on('bind_transceiver', (pdu) => {
		if (pdu.password !== settings.password) {
			session.send(pdu.response({command_status: smpp.ESME_RINVPASWD}), () => session.close());
			return;
		}
		type = pdu.system_type;
		session.send(pdu.response({system_id: 'smsc'}));
		tell('bind', {text: pdu.system_id});
		session.enquire_link({}, (answer) => tell('alive', {status: answer.command_status}));
	});
	session.on('enquire_link', (pdu) => session.send(pdu.response()));
	session.on('unbind', (pdu) => {
		tell('unbind');
		session.send(pdu.response());
		session.close();
	});
	session.on('submit_sm', (pdu) => submit(session, type, pdu));
});

function submit(session, type, pdu) {
	const to = pdu.destination_addr;
	tell('submit', {
		to, from: pdu.source_addr, text: pdu.short_message.message, coding: pdu.data_coding,
		part: pdu.short_message.udh ? [...pdu.short_message.udh[0]] : undefined,
		seconds: pdu.validity_period ? Math.round((pdu.validity_period - Date.now()) / 1000) : 0,
		kinds: [pdu.source_addr_ton, pdu.source_addr_npi, pdu.dest_addr_ton, pdu.dest_addr_npi],
	});
	const refusal = type === 'full' ? smpp.ESME_RMSGQFUL : {1: smpp.ESME_RINVDSTADR, 2: smpp.ESME_RTHROTTLED}[to.slice(-1)];
	if (type === 'drop') {
		session.destroy();
		return;
	}
	if (type === 'mute') {
		return;
	}
	if (refusal) {
		session.send(pdu.response({command_status: refusal}));
		return;
	}
	const number = ++last;
	const id = type === 'digits' ? String(number) : number.toString(16).toUpperCase();
	session.send(pdu.response({message_id: id}));
	if (pdu.registered_delivery) {
		report(session, type, pdu, number, id);
	}
}

function report(session, type, pdu, number, id) {
	const bad = pdu.destination_addr.endsWith('3');
	const other = {decimal: String(number), tlv: String(number), digits: number.toString(16).toUpperCase()};
	const text = `id:${other[type] || id} sub:001 dlvrd:${bad ? '000' : '001'} submit date:2603011200 done date:260301120001 ` +
		`stat:${bad ? 'UNDELIV' : 'DELIVRD'} err:${bad ? '069' : '000'} text:123456 is your`;
	const parameters = type === 'tlv' ? {receipted_message_id: id, message_state: bad ? 5 : 2} : {};
	session.deliver_sm({
		source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4, short_message: text, ...parameters,
	}, (answer) => tell('reported', {id, status: answer.command_status}));
}

server.listen(0, '127.0.0.1', () => tell('listen', {port: server.address().port}));
process.stdin.on('end', () => process.exit(0)).resume();
