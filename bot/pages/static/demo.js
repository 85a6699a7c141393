// The chat page: what is typed, tapped or scanned goes to /demo/send, which signs it as WeChat would.
"use strict";
const $ = (id) => document.getElementById(id);
const talks = {};
let people = [], me = null, code = "";

function show(kind, body, options = {}) {
  const li = document.createElement("li"), mine = kind === "me";
  li.className = mine ? "me" : "bot";
  const face = document.createElement("span"), bubble = document.createElement("div");
  face.className = "face"; face.textContent = mine ? me.who[0] : "社";
  bubble.className = "bubble " + (options.className || "");
  if (options.image) { const img = new Image(); img.src = options.image; img.alt = "照片"; bubble.append(img); }
  else bubble.textContent = body;
  li.append(face, bubble); $("talk").append(li); $("talk").scrollTop = 1e9;
}

async function send(message, shown, options) {
  show("me", shown, options);
  const answer = await fetch("/demo/send", { method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify({ openid: me.openid, ...message }) });
  if (!answer.ok) return show("bot", "该公众号提供的服务出现故障，请稍后再试", { className: "bad" });
  const { reply } = await answer.json();
  if (reply) show("bot", reply);
}

async function pushes() {
  if (!me) return;
  const answer = await fetch("/demo/pushes?openid=" + me.openid);
  if (answer.ok) for (const text of (await answer.json()).pushes) show("bot", text, { className: "push" });
}

function choose(person) {
  if (me) talks[me.openid] = [...$("talk").childNodes];
  me = person;
  $("talk").replaceChildren(...(talks[me.openid] || []));
  if (!talks[me.openid]) {
    const li = document.createElement("li"); li.className = "time";
    li.textContent = `${me.who} · ${me.place}`; $("talk").append(li);
  }
  $("text").placeholder = "试试：" + me.hint;
  for (const button of $("people").children) button.setAttribute("aria-pressed", button.dataset.openid === me.openid);
}

function menu(columns) {
  for (const column of columns) {
    const button = document.createElement("button"); button.textContent = "≡ " + column.name;
    button.onclick = () => {
      const open = !$("submenu").hidden && $("submenu").dataset.name === column.name;
      $("submenu").hidden = open; $("submenu").dataset.name = column.name;
      $("submenu").replaceChildren(...column.items.map((item) => {
        const tap = document.createElement("button"); tap.textContent = item.name;
        tap.onclick = () => { $("submenu").hidden = true;
          send({ kind: "event", event: "CLICK", event_key: item.key }, `［菜单：${item.name}］`); };
        return tap;
      }));
    };
    $("menu").append(button);
  }
}

function keyboard(on) { $("keyboard").hidden = !on; $("menubar").hidden = on; $("submenu").hidden = true; $("tray").hidden = true; if (on) $("text").focus(); }

$("keyboard").onsubmit = (event) => {
  event.preventDefault();
  const text = $("text").value.trim(); if (!text) return;
  $("text").value = ""; send({ kind: "text", text }, text);
};
$("text").onkeydown = (event) => { if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); $("keyboard").requestSubmit(); } };
$("tokeyboard").onclick = () => keyboard(true);
$("tomenu").onclick = () => keyboard(false);
$("plus").onclick = () => { $("tray").hidden = !$("tray").hidden; };
$("mic").onclick = () => { const text = $("text").value.trim() || prompt("说的话（语音识别出来的字）：") || ""; if (!text) return;
  $("text").value = ""; send({ kind: "voice", text }, "［语音］" + text); };
$("silent").onclick = () => { $("tray").hidden = true; send({ kind: "voice", text: "" }, "［语音 3 秒］"); };
$("place").onclick = () => { $("tray").hidden = true;
  const label = prompt("在哪里？", "太仓市城厢镇南园路8号"); if (label) send({ kind: "location", text: label, latitude: 31.4497, longitude: 121.1009 }, "［位置］" + label); };
$("photo").onchange = async () => {
  const file = $("photo").files[0]; if (!file) return; $("tray").hidden = true; $("photo").value = "";
  const answer = await fetch("/demo/media", { method: "POST", body: file });
  if (!answer.ok) return show("bot", "照片太大了", { className: "bad" });
  const { media_id } = await answer.json();
  send({ kind: "image", media_id }, "", { image: "/demo/media/" + media_id });
};
for (const button of document.querySelectorAll(".codes button")) button.onclick = async () => {
  const made = await (await fetch("/demo/invite/" + button.dataset.role, { method: "POST" })).json();
  code = made.code; $("qr").innerHTML = made.svg; $("codetext").textContent = "绑定码 " + code; $("code").hidden = false;
};
$("scan").onclick = () => { send({ kind: "event", event: "SCAN", event_key: code }, "［扫码］"); $("code").hidden = true; };

fetch("/demo/cast").then((answer) => answer.json()).then((made) => {
  people = made.people; menu(made.menu);
  for (const person of people) {
    const button = document.createElement("button"); button.dataset.openid = person.openid;
    button.textContent = person.name;
    const small = document.createElement("small"); small.textContent = `${person.who} · ${person.place}`; button.append(small);
    button.onclick = () => choose(person); $("people").append(button);
  }
  choose(people[0]); keyboard(true);
});
setInterval(pushes, 2000);
