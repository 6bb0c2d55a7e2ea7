package operator

import (
	"whoseline/access"
	"whoseline/models"
	"whoseline/views"
)

// list is a page of something.
type list[T any] struct {
	Data []T    `json:"data"`
	Next string `json:"next,omitempty"` // goes as after, or before, for the page behind
}

// page reads where a list goes on.
func (c *call) page() (models.Page, error) {
	after := c.get("after")
	if after != "" && models.CheckID(after) != nil {
		return models.Page{}, models.BadField("after", "there is no such page")
	}
	return models.Page{After: after, Limit: pageSize}, nil
}

const pageSize = 50

// businesses answers GET /businesses?search=&after=.
func (d *desk) businesses(c *call) (any, error) {
	p, err := c.page()
	if err != nil {
		return nil, err
	}
	found, next, err := d.Businesses.Search(c, c.get("search"), p)
	if err != nil {
		return nil, err
	}
	answer := list[views.Business]{Data: []views.Business{}, Next: next}
	for _, b := range found {
		answer.Data = append(answer.Data, views.BusinessOf(b))
	}
	return answer, nil
}

func (d *desk) createBusiness(c *call) (any, error) {
	made, err := d.Businesses.Create(c, access.NewBusiness{ID: c.get("id"), Name: c.get("name"), ParentID: c.get("parentId")})
	if err != nil {
		return nil, err
	}
	return views.BusinessOf(made), nil
}

// businessView is one business, with its money and its keys.
type businessView struct {
	views.Business
	Wallet views.Wallet `json:"wallet"`
	Keys   []views.Key  `json:"keys"`
	Next   string       `json:"next,omitempty"` // of the keys
}

// business answers GET /businesses/{id}.
func (d *desk) business(c *call) (any, error) {
	b, err := d.find(c)
	if err != nil {
		return nil, err
	}
	p, err := c.page()
	if err != nil {
		return nil, err
	}
	view := businessView{Business: views.BusinessOf(b), Keys: []views.Key{}}
	keys, next, err := d.Keys.List(c, b.ID, p)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		view.Keys = append(view.Keys, views.KeyOf(k, ""))
	}
	view.Next = next
	view.Wallet, err = d.wallet(c, b.ID)
	return view, err
}

func (d *desk) wallet(c *call, id string) (views.Wallet, error) {
	w, err := d.Till.Wallet(c, id)
	if err != nil {
		return views.Wallet{}, err
	}
	pays, err := d.Businesses.Pays(c, id)
	return views.WalletOf(w, pays), err
}

// find gives the business of the path.
func (d *desk) find(c *call) (access.Business, error) {
	id := c.path("id")
	if models.CheckID(id) != nil {
		return access.Business{}, models.Fail(models.NotFound, "there is no such business")
	}
	return d.Businesses.Get(c, id)
}

func (d *desk) suspend(c *call) (any, error) {
	b, err := d.find(c)
	if err == nil {
		err = d.Businesses.Suspend(c, b.ID, c.get("reason"))
	}
	if err != nil {
		return nil, err
	}
	return d.again(c)
}

func (d *desk) resume(c *call) (any, error) {
	b, err := d.find(c)
	if err == nil {
		err = d.Businesses.Resume(c, b.ID)
	}
	if err != nil {
		return nil, err
	}
	return d.again(c)
}

// again shows a business as a change has left it.
func (d *desk) again(c *call) (any, error) {
	b, err := d.find(c)
	return views.BusinessOf(b), err
}

func (d *desk) revokeKey(c *call) (any, error) {
	b, err := d.find(c)
	if err != nil {
		return nil, err
	}
	key, err := d.Keys.Find(c, b.ID, c.path("key"))
	if err != nil {
		return nil, err
	}
	if err := d.Keys.Revoke(c, key.ID); err != nil {
		return nil, err
	}
	key, err = d.Keys.Find(c, b.ID, key.ID)
	return views.KeyOf(key, ""), err
}
