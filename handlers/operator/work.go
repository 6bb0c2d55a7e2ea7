package operator

import (
	"strconv"

	"whoseline/models"
	"whoseline/possession"
	"whoseline/views"
	"whoseline/webhooks"
)

// workView is what is stuck or refused in a business.
type workView struct {
	BusinessID string               `json:"businessId"`
	Name       string               `json:"name"`
	Lookups    []waitingLookups     `json:"lookups"`
	Endpoints  []endpointView       `json:"endpoints"`
	Refused    []views.SendDecision `json:"codesRefused"`
}

// waitingLookups are lookups of live keys that have not ended, and why.
type waitingLookups struct {
	Why   string        `json:"why"` // code or source
	N     int64         `json:"lookups"`
	Since views.Instant `json:"since"`
}

// endpointView is an endpoint and what its latest deliveries came to.
type endpointView struct {
	ID       string         `json:"id"`
	URL      string         `json:"url"`
	Disabled string         `json:"disabled,omitempty"` // why it is told nothing
	Waiting  int            `json:"waiting"`
	Failed   int            `json:"failed"`
	Last     string         `json:"last,omitempty"` // what went wrong last
	NextAt   *views.Instant `json:"nextAt"`
}

// work answers GET /businesses/{id}/stuck.
func (d *desk) work(c *call) (any, error) {
	b, err := d.find(c)
	if err != nil {
		return nil, err
	}
	view := workView{BusinessID: b.ID, Name: b.Name, Lookups: []waitingLookups{}, Refused: []views.SendDecision{}}
	lookups, err := d.Care.Lookups.Waiting(c, b.ID, false)
	if err != nil {
		return nil, err
	}
	for _, w := range lookups {
		why := "source"
		if w.ForCode {
			why = "code"
		}
		view.Lookups = append(view.Lookups, waitingLookups{why, w.N, views.Instant(w.Since)})
	}
	if view.Endpoints, err = d.endpoints(c, b.ID); err != nil {
		return nil, err
	}
	refused, err := d.Care.Codes.Decisions(c, possession.Sendings{BusinessID: b.ID, Decision: models.SendRefused, Limit: pageSize})
	for _, s := range refused {
		view.Refused = append(view.Refused, views.SendDecisionOf(s))
	}
	return view, err
}

// latestDeliveries tell how an endpoint is.
const latestDeliveries = 60

func (d *desk) endpoints(c *call, businessID string) ([]endpointView, error) {
	all := []endpointView{}
	list, err := d.Care.Webhooks.Endpoints(c, businessID)
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		latest, _, err := d.Care.Webhooks.Deliveries(c, webhooks.Search{BusinessID: businessID, EndpointID: e.ID, Limit: latestDeliveries})
		if err != nil {
			return nil, err
		}
		all = append(all, viewEndpoint(e, latest))
	}
	return all, nil
}

// viewEndpoint shows an endpoint with its latest deliveries, the newest first.
func viewEndpoint(e models.WebhookEndpoint, latest []models.WebhookDelivery) endpointView {
	v := endpointView{ID: e.ID, URL: e.URL, Disabled: string(e.DisabledWhy)}
	for _, one := range latest {
		switch one.State {
		case models.WebhookDelivered:
			continue
		case models.WebhookWaiting:
			if v.Waiting++; v.NextAt == nil {
				v.NextAt = views.At(one.NextAt)
			}
		default:
			v.Failed++
		}
		if v.Last == "" && one.LastError != "" {
			v.Last = one.LastError
		} else if v.Last == "" && one.LastStatus != 0 {
			v.Last = "status " + strconv.Itoa(one.LastStatus)
		}
	}
	return v
}
