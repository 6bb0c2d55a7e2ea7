package simulator

import "net/http"

// smileLater wants a job and where to call back.
func smileLater(c *call) *reply {
	if c.text("callback_url") == "" {
		return smileError(http.StatusBadRequest, "2213", "A parameter is missing")
	}
	return smileJob(c)
}

// smileLaterAnswers accepts what the synchronous product would have answered about the number, and refuses the rest
// as that does. The result comes by callback, or by asking for it; it is billed at once.
func smileLaterAnswers(now table) table {
	later := now
	for _, digit := range []int{found, notFound, invalid, sourceDown, full} {
		later[digit] = func(c *call) reply {
			c.sim.announce("smile", firing{URL: c.text("callback_url"), ID: c.reference})
			return reply{billed: now[digit](c).billed, body: obj{"success": true, "smile_job_id": smileSerial(c)}}
		}
	}
	return later
}

// smileStatus tells what became of a job. Whatever was lost on its way is read here.
func smileStatus(c *call) reply {
	kept, ok := c.sim.jobs.get("v1 " + c.reference)
	if !ok || kept.user != c.text("user_id") {
		return smileSignedReply(c, obj{"job_complete": false, "job_success": false, "code": "2304"})
	}
	result := c.sim.smileResult(c, kept)
	code, _ := result["ResultCode"].(string)
	return smileSignedReply(c, obj{
		"job_complete": true, "job_success": code == "1012" || code == "1020" || code == "1021", "code": "2302", "result": result,
	})
}

func smileSignedReply(c *call, body obj) reply { return reply{body: smileSign(c, body)} }

// smileResult is a job's result, as a callback brings it.
func (s *Simulator) smileResult(c *call, kept job) obj {
	about := &call{
		Request: c.Request, sim: s, vendor: c.vendor, route: c.route, body: kept.body, number: kept.number,
		reference: kept.id, turn: 1,
	}
	answers, source := smileAnswers(), nimc
	if kept.product != "v1" {
		answers, source = smileMatchAnswers(), telcoOther
	}
	said := answers.settled(about)
	if s.switches.sourceDown(source) {
		said = answers[sourceDown](about)
	}
	result := obj{}
	for name, value := range said.body.(obj) { // both tables answer in maps
		result[name] = value
	}
	for _, name := range []string{"SmileJobID", "job_id"} {
		if _, has := result[name]; has {
			result[name] = kept.serial
		}
	}
	return result
}
