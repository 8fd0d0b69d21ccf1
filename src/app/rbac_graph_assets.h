// What the page of `seawall rbac graph -o html` has beyond the style of all pages, and its script,
// which filters and draws.
#pragma once

#include <string_view>

namespace seawall::app {

inline constexpr std::string_view kGraphStyle = R"css(
svg text{font-size:12px;fill:currentcolor}svg .box{fill:var(--box);stroke:var(--line)}
svg .end{stroke:var(--bad);stroke-width:2}svg .edge{fill:none;stroke:var(--bad);stroke-opacity:.65}svg .by{font-size:10px;fill:var(--dim)}
details.reaches{border-left:4px solid var(--bad)}
.sink{display:inline-block;border:1px solid var(--bad);color:var(--bad);border-radius:1rem;padding:0 .6rem;font-size:.85rem;margin:.1rem .15rem}
)css";

inline constexpr std::string_view kGraphScript = R"js(
(function(){"use strict";
var one=function(id){return document.getElementById(id)},form=one("filter"),said=one("said"),
subjects=Array.from(document.querySelectorAll("details.s")),roles=Array.from(document.querySelectorAll("details.r")),
all=subjects.concat(roles),texts=null;
form.hidden=false;
function apply(){
 var words=one("q").value.toLowerCase().split(/\s+/).filter(Boolean),sink=one("sink").value,kind=one("kind").value,
 pods=one("pods")&&one("pods").checked,shown=[0,0];
 if(words.length&&!texts)texts=all.map(function(d){return d.textContent.toLowerCase()});
 all.forEach(function(d,i){
  var subject=i<subjects.length,fits=words.every(function(w){return texts[i].indexOf(w)>=0});
  if(fits&&subject)fits=(!kind||d.dataset.kind===kind)&&(!pods||d.dataset.pods==="1")&&
   (!sink||(sink==="any"?d.dataset.sinks!=="":(" "+d.dataset.sinks+" ").indexOf(" "+sink+" ")>=0));
  d.hidden=!fits;if(fits)shown[subject?0:1]++});
 said.textContent=shown[0]+" of "+subjects.length+" subjects, "+shown[1]+" of "+roles.length+" roles";
}
var timer=0,space="http://www.w3.org/2000/svg";
form.addEventListener("input",function(){clearTimeout(timer);timer=setTimeout(apply,150)});
form.addEventListener("submit",function(e){e.preventDefault();apply()});
form.addEventListener("reset",function(){setTimeout(apply,0)});
document.addEventListener("keydown",function(e){
 if(e.key==="/"&&!/^(INPUT|SELECT)$/.test(document.activeElement.tagName)){e.preventDefault();one("q").focus()}});
function goTo(){
 var d=/^#[sr]\d+$/.test(location.hash)&&one(location.hash.slice(1));
 if(!d)return;
 d.hidden=false;d.open=true;d.scrollIntoView()}
window.addEventListener("hashchange",goTo);
function make(parent,name,values,text){
 var node=document.createElementNS(space,name);
 Object.keys(values).forEach(function(k){node.setAttribute(k,values[k])});
 if(text!==undefined)node.textContent=text;
 parent.appendChild(node);return node}
function cut(text,most){return text.length>most?text.slice(0,most-1)+"\u2026":text}
function box(svg,x,y,text,end){
 var g=make(svg,"g",{});make(g,"title",{},text);
 make(g,"rect",{x:x,y:y,width:210,height:30,rx:6,"class":end?"box end":"box"});
 make(g,"text",{x:x+8,y:y+20},cut(text,30))}
function draw(d){
 var ways=Array.from(d.querySelectorAll("ol.way"));
 if(!ways.length||d.querySelector("svg"))return;
 var most=1,holder=document.createElement("div"),svg;
 ways.forEach(function(w){most=Math.max(most,w.children.length)});
 var width=most*330+230,height=ways.length*58+10;
 holder.className="wide";
 svg=make(holder,"svg",{width:width,height:height,viewBox:"0 0 "+width+" "+height,role:"img"});
 make(svg,"title",{},"the ways, as the list below has them");
 ways.forEach(function(w,row){
  var y=row*58+16,x=0,steps=Array.from(w.children);
  box(svg,x,y,steps[0].querySelector(".f").textContent,false);
  steps.forEach(function(step,i){
   var by=step.querySelector(".b");
   make(svg,"path",{d:"M"+(x+210)+" "+(y+15)+"h112m-7 -5l7 5l-7 5","class":"edge"});
   if(by){var t=make(svg,"text",{x:x+216,y:y+8,"class":"by"},cut(by.textContent.replace(/^(Cluster)?RoleBinding /,""),20));make(t,"title",{},by.textContent)}
   x+=330;
   box(svg,x,y,step.querySelector(".t").textContent,i===steps.length-1)})});
 d.querySelector("div").insertBefore(holder,d.querySelector("div").firstChild)}
document.addEventListener("toggle",function(e){
 if(e.target.matches&&e.target.matches("details.s[open]"))draw(e.target)},true);
one("close").addEventListener("click",function(){all.forEach(function(d){d.open=false})});
apply();goTo();
})();
)js";

}  // namespace seawall::app
