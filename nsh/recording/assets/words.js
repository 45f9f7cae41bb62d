// The player's own words, in the language of the page.
"use strict";

const CHINESE = {
  copy: "复制",
  copied: "已复制",
  "no access": "无法复制",
  "could not be copied": "无法复制",
  "copy the command": "复制命令",
  play: "播放",
  pause: "暂停",
  "play, pause": "播放、暂停",
  "step back": "后退一步",
  "step forward": "前进一步",
  "step forward; at once what is being typed": "前进一步；正在输入的立即完成",
  "to the beginning": "到开头",
  "to the end": "到结尾",
  "to that tenth of it": "到对应的十分之几处",
  "faster, slower": "加快、放慢",
  "stop, and show everything": "停止，并显示全部",
  "these keys": "显示这些按键",
  keys: "按键",
  Keys: "按键",
  "keys of the player": "播放器的按键",
  close: "关闭",
  speed: "速度",
  position: "位置",
  "jump to a heading": "跳到某个标题",
  "jump to …": "跳到…",
  player: "播放器",
  "at the beginning": "在开头",
  space: "空格",
  "the whole text": "完整文本",
  "the terminal": "终端",
  recording: "录像",
};

const isChinese = document.documentElement.lang.startsWith("zh");
const say = (words) => (isChinese && Object.hasOwn(CHINESE, words) ? CHINESE[words] : words);
