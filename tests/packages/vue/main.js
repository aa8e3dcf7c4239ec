import { symbolon } from 'symbolon/vue';
import { createApp } from 'vue';
import { createRouter, createWebHistory } from 'vue-router';
import App from './App.vue';

/** What only one who is signed in needs is loaded when somebody is. */
const Place = () => import('./Place.vue');

const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', component: Place, props: { name: 'home' } },
    { path: '/other', component: Place, props: { name: 'other' } },
  ],
});
createApp(App).use(symbolon).use(router).mount('#root');
