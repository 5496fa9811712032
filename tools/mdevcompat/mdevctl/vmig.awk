# SPDX-License-Identifier: GPL-2.0
# What vmig.sh asks of the document of a type and of a definition. The Makefile
# puts it into that script, between apostrophes: none may be in here.
#
# Environment: mode (below), document, config (the definition), values.
# A refusal is one line, "field: reason", and exit code 1.

# The text into V, by path; the paths into ORDER. mdevctl and the kernel wrote it,
# so it is JSON, and nothing else has to be found here.
function parse(text, path,	at, list, n, depth, token) {
	while (match(text, /^[ \t\r\n]*("([^"\\]|\\.)*"|[][{}:,]|[^][{}:," \t\r\n]+)/)) {
		token = substr(text, 1, RLENGTH)
		text = substr(text, RLENGTH + 1)
		sub(/^[ \t\r\n]+/, "", token)
		if (token == "{" || token == "[") {
			at[++depth] = path
			list[depth] = token == "["
			n[depth] = 0
			path = path ".0"
		} else if (token == "}" || token == "]") {
			path = at[depth--]
		} else if (token == ",") {
			path = at[depth] "." ++n[depth]
		} else if (token != ":") {
			if (token ~ /^"/)
				token = substr(token, 2, length(token) - 2)
			if (depth && !list[depth] && text ~ /^[ \t\r\n]*:/) {
				path = at[depth] "." token
			} else {
				V[path] = token
				ORDER[++COUNT] = path
			}
		}
	}
}

function refuse(field, why) {
	print field ": " why
	exit 1
}

# Constraints: one value, some, or a range.
function given(c) {
	return (c in V) || ((c ".0") in V) || ((c ".min") in V) || ((c ".max") in V)
}

function matches(c, value,	i) {
	if (c in V)
		return value "" == V[c] ""
	for (i = 0; (c "." i) in V; i++)
		if (value "" == V[c "." i] "")
			return 1
	return !i && value ~ /^(0|[1-9][0-9]*)$/ &&
	       !(((c ".min") in V) && value + 0 < V[c ".min"] + 0) &&
	       !(((c ".max") in V) && value + 0 > V[c ".max"] + 0)
}

function words(c,	i, text) {
	if (c in V)
		return V[c]
	for (i = 0; (c "." i) in V; i++)
		text = text " " V[c "." i]
	if (i)
		return "one of" text
	if (((c ".min") in V) && ((c ".max") in V))
		return "in " V[c ".min"] ".." V[c ".max"]
	return ((c ".min") in V) ? "at least " V[c ".min"] : "at most " V[c ".max"]
}

function judge(name, c, value) {
	if (!matches(c, value))
		refuse(name, value " is not " words(c))
}

# A device gets a profile, and parameters by default, "" if the document does not
# tell: it does for the default profile only. There is an entry for each profile,
# in the order of "accepts".
function become(name,	i, p) {
	for (i = 0; ("d.profiles.accepts." i) in V; i++)
		if (V["d.profiles.accepts." i] == name)
			break
	profile = name
	entry = "d.compatible." i
	for (i = 1; i in PARAM; i++) {
		p = PARAM[i]
		now[p] = V[entry ".off." p]
		if (name == V["d.profiles.default"]) {
			if (("d.self.params." p) in V)
				now[p] = V["d.self.params." p]
		} else if (given(entry ".params." p)) {
			now[p] = ""
		}
	}
}

function read_document(	i, n, name) {
	parse(ENVIRON["document"], "d")
	n = COUNT
	for (i = 1; i <= n; i++) {
		if (ORDER[i] !~ /^d\.create\./)
			continue
		name = ORDER[i]
		sub(/^d\.create\./, "", name)
		sub(/\..*/, "", name)
		if (!(name in RECIPE))
			known = known " " name
		RECIPE[name] = V[ORDER[i]]
		if (V[ORDER[i]] ~ /^params\./)
			PARAM[++params] = substr(V[ORDER[i]], 8)
	}
	# Left out where there is no choice; the device has the file.
	if (!("aggregator" in RECIPE)) {
		RECIPE["aggregator"]
		V["d.create.aggregator"] = 1
	}
	aggregator = 1
	become(V["d.profiles.default"])
}

# "when": a rule for parameters that can be had one by one but not together.
function judge_rules(name,	i, part, rule, p, c) {
	rule = entry ".when."
	for (i = 1; i <= COUNT; i++) {
		if (index(ORDER[i], rule) != 1)
			continue
		split(substr(ORDER[i], length(rule) + 1), part, ".")
		p = part[3]
		c = rule part[1] "." part[2] "." p
		if (part[2] == "if") {
			premise = now[p] != "" && matches(c, now[p]) ? p : ""
		} else if (premise != "" && now[p] != "" && !matches(c, now[p])) {
			refuse(name, "with " premise " " now[premise] ", " p \
			       " has to be " words(c) ", not " now[p])
		}
	}
}

function set_param(name, p, value,	c) {
	c = entry ".params." p
	if (given(c))
		judge(name, c, value)
	else if (value "" != V[entry ".off." p] "")
		refuse(name, "profile " profile " has no such parameter")
	now[p] = value
	param_set = name
	judge_rules(name)
}

# What writing this to a device would do.
function set(name, value) {
	if (!(name in RECIPE))
		refuse(name, "not among what can be configured:" known)
	if (name == "aggregator") {
		judge(name, "d.create.aggregator", value)
		aggregator = value
	} else if (RECIPE[name] ~ /^params\./) {
		set_param(name, substr(RECIPE[name], 8), value)
	} else {
		judge(name, "d.profiles.accepts", value)
		if (param_set)
			refuse(name, "has to stand before " param_set ", which it resets")
		become(value)
	}
}

# When it starts, its aggregator, how many attributes; then what it will be.
function check(	i, n, name) {
	read_document()
	parse(ENVIRON["config"], "c")
	for (i = 1; i <= COUNT; i++) {
		name = ORDER[i]
		if (sub(/^c\.attrs\.[0-9]+\./, "", name)) {
			set(name, V[ORDER[i]])
			n++
		}
	}
	print V["c.start"] == "auto" ? "auto" : "manual", aggregator, n + 0
	print "aggregator", aggregator
	if (profile != "")
		print "migration/profile", profile
	for (i = 1; i in PARAM; i++)
		if (now[PARAM[i]] != "")
			print "migration/param_" PARAM[i], now[PARAM[i]]
}

# Of another definition: when it starts, its type and aggregator.
function brief(	i, n) {
	parse(ENVIRON["config"], "c")
	n = 1
	for (i = 1; i <= COUNT; i++)
		if (ORDER[i] ~ /^c\.attrs\.[0-9]+\.aggregator$/)
			n = int(V[ORDER[i]] + 0)
	print V["c.start"], V["c.mdev_type"], n
}

# "values" has a name and a value on each line, as read from a device, in the
# order of the recipe. What its profile does not have can not be told to another.
function attributes(	i, n, line, word, text) {
	read_document()
	n = split(ENVIRON["values"], line, "\n")
	for (i = 1; i <= n; i++) {
		split(line[i], word, " ")
		if (RECIPE[word[1]] == "profile")
			become(word[2])
		if (RECIPE[word[1]] ~ /^params\./ &&
		    !given(entry ".params." substr(RECIPE[word[1]], 8)))
			continue
		text = text (text == "" ? "" : ",") "{\"" word[1] "\":\"" word[2] "\"}"
	}
	print "[" text "]"
}

BEGIN {
	if (ENVIRON["mode"] == "check")
		check()
	else if (ENVIRON["mode"] == "brief")
		brief()
	else
		attributes()
}
